"""Who may open and do what, and in which stores: rights, the page table, the scope of a request, sign-in and the audit trail."""
