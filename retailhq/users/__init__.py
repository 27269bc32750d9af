"""Users, their roles and stores, and the audit trail, as pages. Stands above the apps, because stores belong to one of them."""
