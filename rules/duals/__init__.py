"""Members who have Medicare as well."""
