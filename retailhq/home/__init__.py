"""The start page and what every page shares: company and theme of the person, jobs in the bell."""
