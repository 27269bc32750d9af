"""The independent proof: an oracle that knows RetailHQ only by its published rules, and worlds to try it on."""
