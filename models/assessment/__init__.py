# Assessment room: indicators, sheets and measures (articles E1-E4).
