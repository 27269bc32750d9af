"""Pages of sales orders and invoices."""
