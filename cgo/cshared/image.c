#define _GNU_SOURCE
#include "image.h"

#include <link.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

/* has_text_relocations says that the loader wrote into segments that are read-only now, which
 * must not be lost. */
static int has_text_relocations(const struct dl_phdr_info *image, const ElfW(Phdr) *dynamic) {
    const ElfW(Dyn) *d = (const ElfW(Dyn) *)(image->dlpi_addr + dynamic->p_vaddr);
    for (; d->d_tag != DT_NULL; d++) {
        if (d->d_tag == DT_TEXTREL) return 1;
        if (d->d_tag == DT_FLAGS && (d->d_un.d_val & DF_TEXTREL)) return 1;
    }
    return 0;
}

static int is_own(const struct dl_phdr_info *image) {
    uintptr_t here = (uintptr_t)&hr_image_trim;
    for (int i = 0; i < image->dlpi_phnum; i++) {
        const ElfW(Phdr) *p = &image->dlpi_phdr[i];
        uintptr_t start = image->dlpi_addr + p->p_vaddr;
        if (p->p_type == PT_LOAD && here >= start && here < start + p->p_memsz) return 1;
    }
    return 0;
}

static int trim(struct dl_phdr_info *image, size_t size, void *trimmed) {
    (void)size;
    if (!is_own(image)) return 0;
    for (int i = 0; i < image->dlpi_phnum; i++) {
        const ElfW(Phdr) *p = &image->dlpi_phdr[i];
        if (p->p_type == PT_DYNAMIC && has_text_relocations(image, p)) return 1;
    }
    uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
    for (int i = 0; i < image->dlpi_phnum; i++) {
        const ElfW(Phdr) *p = &image->dlpi_phdr[i];
        if (p->p_type != PT_LOAD || (p->p_flags & PF_W)) continue;
        uintptr_t start = (image->dlpi_addr + p->p_vaddr) & ~(page - 1);
        uintptr_t end = image->dlpi_addr + p->p_vaddr + p->p_filesz;
        if (madvise((void *)start, end - start, MADV_DONTNEED) == 0)
            *(long *)trimmed += (long)(end - start);
    }
    return 1;
}

long hr_image_trim(void) {
    long trimmed = 0;
    dl_iterate_phdr(trim, &trimmed);
    return trimmed;
}
