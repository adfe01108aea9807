"""Files of video and sound: what their boxes, elements and packets tell."""
