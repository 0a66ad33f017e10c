"""`misground build`: plan every case, draw items over all of them, draw their pictures, write the tables."""
