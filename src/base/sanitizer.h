/* SPDX-License-Identifier: MIT
 *
 * What the sanitizers have to be told, and nothing where they are off: memory an arena has not handed out, and switches
 * from stack to stack.
 */
#ifndef CARAFE_BASE_SANITIZER_H
#define CARAFE_BASE_SANITIZER_H

#if defined(__SANITIZE_ADDRESS__)
#define CF__ADDRESS_SANITIZER 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define CF__ADDRESS_SANITIZER 1
#endif
#endif

#ifdef CF__ADDRESS_SANITIZER
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#include <sanitizer/lsan_interface.h>
#define CF__POISON(address, size)              ASAN_POISON_MEMORY_REGION((address), (size))
#define CF__UNPOISON(address, size)            ASAN_UNPOISON_MEMORY_REGION((address), (size))
#define CF__START_SWITCH(save, bottom, size)   __sanitizer_start_switch_fiber((save), (bottom), (size))
#define CF__FINISH_SWITCH(saved, bottom, size) __sanitizer_finish_switch_fiber((saved), (bottom), (size))
#define CF__REGISTER_ROOT(address, size)       __lsan_register_root_region((address), (size))
#define CF__UNREGISTER_ROOT(address, size)     __lsan_unregister_root_region((address), (size))
#else
#define CF__ADDRESS_SANITIZER                  0
#define CF__POISON(address, size)              ((void)(address), (void)(size))
#define CF__UNPOISON(address, size)            ((void)(address), (void)(size))
#define CF__START_SWITCH(save, bottom, size)   ((void)(save), (void)(bottom), (void)(size))
#define CF__FINISH_SWITCH(saved, bottom, size) ((void)(saved), (void)(bottom), (void)(size))
#define CF__REGISTER_ROOT(address, size)       ((void)(address), (void)(size))
#define CF__UNREGISTER_ROOT(address, size)     ((void)(address), (void)(size))
#endif

#endif
