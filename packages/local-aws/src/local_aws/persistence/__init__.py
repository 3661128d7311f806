"""What a restart brings back: parts that the services register, and one file that holds their documents."""
