"""RetailHQ: a retail headquarters back office."""
