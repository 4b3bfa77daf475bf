"""How providers are paid beyond fee for service."""
