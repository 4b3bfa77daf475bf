"""What a plan hands to subcontractors: where they sit, how they are paid, what they run."""
