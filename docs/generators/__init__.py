"""Makes what of the manual is made: pages, tables and pictures, each from the code that they are about."""
