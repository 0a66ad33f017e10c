"""`misground build`: plan every case, draw items over all cases, render pictures, write the tables."""
