"""The life of one picture request, from the accepted row to the delivered card."""
