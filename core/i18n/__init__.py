"""How dates are written in each language (FORMAT_MODULE_PATH finds the folders), and numbers and dates as text for Python code."""
