/* libc++.a of a newer system calls these names of glibc 2.38; an older glibc has the same functions under their old names.
   They differ only in reading binary literals ("0b1"), which nothing here does. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <wchar.h>

#define forward(type, name, text)                                                     \
  type __isoc23_##name(const text* s, text** end, int base) { return name(s, end, base); }
forward(long, strtol, char)
forward(unsigned long, strtoul, char)
forward(long long, strtoll, char)
forward(unsigned long long, strtoull, char)
forward(long, wcstol, wchar_t)
forward(unsigned long, wcstoul, wchar_t)
forward(long long, wcstoll, wchar_t)
forward(unsigned long long, wcstoull, wchar_t)

extern long strtol_l(const char*, char**, int, void*);
extern unsigned long strtoul_l(const char*, char**, int, void*);
extern long long strtoll_l(const char*, char**, int, void*);
extern unsigned long long strtoull_l(const char*, char**, int, void*);
long __isoc23_strtol_l(const char* s, char** end, int base, void* l) { return strtol_l(s, end, base, l); }
unsigned long __isoc23_strtoul_l(const char* s, char** end, int base, void* l) { return strtoul_l(s, end, base, l); }
long long __isoc23_strtoll_l(const char* s, char** end, int base, void* l) { return strtoll_l(s, end, base, l); }
unsigned long long __isoc23_strtoull_l(const char* s, char** end, int base, void* l) { return strtoull_l(s, end, base, l); }

int __isoc23_sscanf(const char* s, const char* format, ...) {
  va_list arguments;
  va_start(arguments, format);
  int count = vsscanf(s, format, arguments);
  va_end(arguments);
  return count;
}
int __isoc23_vsscanf(const char* s, const char* format, va_list arguments) { return vsscanf(s, format, arguments); }
