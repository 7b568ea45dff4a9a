"""Methods that change which parameters are trained."""
