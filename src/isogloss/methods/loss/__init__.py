"""Methods that act on the loss first."""
