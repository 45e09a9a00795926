"""JEXL, the expression language of custom notifications, as Orion's cjexl reads it. Pure."""
