"""Pages and parts of activities."""
