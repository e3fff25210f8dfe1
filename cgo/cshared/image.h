/* image.h: the memory of the library's own file. */
#ifndef HEADRACE_IMAGE_H
#define HEADRACE_IMAGE_H

/* hr_image_trim takes the pages of this library that are only read out of the process: loading
 * and the initialisers of all packages touch nearly all of them, by far the most for the last
 * time. What is needed again is mapped again, a few pages at a time, from the system's file cache.
 * Returns the number of bytes of address space that it applied to. */
long hr_image_trim(void);

#endif
