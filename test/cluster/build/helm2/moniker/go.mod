module github.com/technosophos/moniker
go 1.16
