"""How far one plan is two: governance, location, systems, network, care, information, money."""
