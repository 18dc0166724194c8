"""Changes of templates: those that a report has to call, and those about which it says nothing."""
