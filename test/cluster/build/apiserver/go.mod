// The versions are in the files beside this one, for -modfile.
module kubectl-releases.test/apiserver
