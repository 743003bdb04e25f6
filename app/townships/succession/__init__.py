"""Changes of townships' codes as people write them down; `app.succession` reads them."""
