"""Commands of `suyuan`, by subject; each is thin: options in, one call, result out."""
