# Archive room: sealed dossiers (articles X1-X2).
