"""A ``whoosh.query`` tree is compiled to a plan over arrays and run on a snapshot."""
