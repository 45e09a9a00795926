"""One module for each group of operations of ETSI GS CIM 009 §5.6 and §5.7."""
