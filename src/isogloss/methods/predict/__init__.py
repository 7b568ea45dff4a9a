"""Methods that act on the prediction first."""
