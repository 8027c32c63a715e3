"""What people say of their hall: the site file and the files beside it, checked line by line."""
