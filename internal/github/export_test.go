package github

// UploadWithin is UploadSARIF with another limit, because ten incompressible
// megabytes take half a minute under the race detector.
var UploadWithin = uploadWithin
