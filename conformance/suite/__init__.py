"""The suite: one module per area of the specification."""
