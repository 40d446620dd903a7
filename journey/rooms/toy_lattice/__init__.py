"""Side room: learning with errors, so small that it can be broken by hand."""
