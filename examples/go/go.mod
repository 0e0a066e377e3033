module visits

go 1.26
