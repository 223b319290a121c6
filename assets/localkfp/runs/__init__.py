"""Who drives a run: the engine on one side, its pods and the store on the other."""
