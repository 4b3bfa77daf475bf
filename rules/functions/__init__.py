"""Who runs each function of the plan, for physical and for behavioral health."""
