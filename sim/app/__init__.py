"""`divert view`: the browser application, pages over the same functions as the command line."""
