"""The demo: real grocery tickets turned into import files, and the command that runs the main job on them."""
