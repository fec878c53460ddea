"""The story: the whole main job, told by a client that drives a real server over HTTP."""
