"""Makes what of the manual is made: pages, tables, pictures, each from the code that it is about."""
