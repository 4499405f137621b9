// Stands in for a module of Traefik's own repository that is not published by itself: places for a fork to add fields, empty upstream.
module github.com/traefik/traefik/dynamic/ext

go 1.26.0
