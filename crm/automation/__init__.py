"""Rules: the machine does the routine. When something happens, if it fits, then this is done."""
