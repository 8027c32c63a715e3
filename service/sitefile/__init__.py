"""The site file as the set-up page edits it: what is wrong with a draft, what it changes, how it is kept."""
