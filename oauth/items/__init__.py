"""Values of the items: how they are read, made coarser, and worded as claims."""
