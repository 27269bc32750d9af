"""Lists declared as data: filters, sort, columns, saved views, paging, selection and export for every list of the product.

Declare a `ListPage` (page.py), register it, mount `list_view(page)` (views.py) under its url name, and that is the page.
"""
