#pragma once
/// @file The binary interface of the core: what drives the run-time front end (include/ndfuse/graph) from another
/// language. One interface for the WebAssembly core and for the native shared library; the Python package uses both.
///
/// Calls are made from one thread. Functions that return `int` give 0, or the code of an error, whose sentence
/// ndfuse_core_error_text then gives. Nothing that is handed over, however wrong, may crash the core: pointers and
/// sizes apart, everything is checked before anything is done. No C++ exception leaves it.
///
/// Arrays are named by handles, numbers that the caller chooses (never 0). A handle stands for `count` elements side by
/// side; views are the caller's affair. Host memory holds elements in NumPy's layout.

#include <stddef.h>
#include <stdint.h>

#if defined(__EMSCRIPTEN__)
#include <emscripten/emscripten.h>
#define NDFUSE_CORE_API EMSCRIPTEN_KEEPALIVE
#else
#define NDFUSE_CORE_API __attribute__((visibility("default")))
#endif

#if defined(__cplusplus)
extern "C" {
#endif

/// The interface's version; a caller made for another refuses to go on. Also the second word of a record.
#define NDFUSE_CORE_VERSION 1
NDFUSE_CORE_API uint32_t ndfuse_core_version(void);

/// Codes of errors. Python's exceptions for them stand behind.
enum ndfuse_core_error {
  NDFUSE_CORE_OK = 0,
  NDFUSE_CORE_SHAPE = 1,          // ValueError: shapes that do not fit together
  NDFUSE_CORE_INDEX = 2,          // IndexError
  NDFUSE_CORE_DTYPE = 3,          // TypeError: an operation that is not defined for a type
  NDFUSE_CORE_VALUE = 4,          // ValueError
  NDFUSE_CORE_DEVICE = 5,         // DeviceError
  NDFUSE_CORE_KERNEL = 6,         // KernelError: a kernel that the device refused; the text is in the sentence
  NDFUSE_CORE_NO_MEMORY = 7,      // MemoryError
  NDFUSE_CORE_LOST = 8,           // DeviceLostError
  NDFUSE_CORE_TIMEOUT = 9,        // TimeoutError
  NDFUSE_CORE_OVERFLOW = 10,      // OverflowError: an integer that does not fit its type
  NDFUSE_CORE_NOT_BLOCKING = 11,  // DeviceError: this thread cannot wait for the device
  NDFUSE_CORE_RECORD = 12         // RuntimeError: what was handed over is no valid record (a fault of the caller)
};
/// The sentence of the last error, UTF-8, ended by a zero; valid until the next call.
NDFUSE_CORE_API char const* ndfuse_core_error_text(void);

/// Memory for what a caller hands over (in WebAssembly the caller has memory of its own and copies). Null: none left.
NDFUSE_CORE_API void* ndfuse_core_memory(size_t bytes);
NDFUSE_CORE_API void ndfuse_core_free(void* memory);

/// The tables that a caller needs, as one JSON object: {"dtypes": [{"name", "kind", "size"}...], "ops": [{"name",
/// "arity", "rule", "kinds"}...], "reductions": [name...], "weak": [name...]}; an entry's position is its number in
/// records.
NDFUSE_CORE_API char const* ndfuse_core_tables(void);

/// The types of an operation: operands with dtypes `a` and `b`, or weak kinds where `a_weak`, `b_weak` are not 0 (then
/// the dtype does not count). One-operand operations ignore b; `where` takes its two values as a and b. Gives the dtype
/// in which operands are taken + 256 * that of the result, or -1 where NumPy raises TypeError.
NDFUSE_CORE_API int ndfuse_core_types(int op, int a, int a_weak, int b, int b_weak);
/// The dtype of two operands together (numpy.result_type with 32-bit defaults), arguments as above.
NDFUSE_CORE_API int ndfuse_core_result_type(int a, int a_weak, int b, int b_weak);
/// The dtypes of a reduction of elements of dtype `a`: that in which elements enter + 256 * that of the result, or -1.
NDFUSE_CORE_API int ndfuse_core_reduce_types(int reduction, int a);
/// The same of a scan.
NDFUSE_CORE_API int ndfuse_core_scan_types(int scan, int a);

/// Devices: 0 cpu, 1 webgpu, 2 webgl. The GPU of this program, or 0 when it has none.
NDFUSE_CORE_API int ndfuse_core_gpu(void);
/// Facts in words: 0 the GPU's (or the processor's) description, 1 why there is no GPU (empty when there is one), 2 how
/// blocking reads wait ("atomics", "jspi", "readpixels", "canvas", "none", "cpu"). Valid until the next call.
NDFUSE_CORE_API char const* ndfuse_core_device_text(int what);

/// A new array of `count` elements, uninitialised, on the cpu device (`device` 0) or on the GPU (otherwise).
NDFUSE_CORE_API int ndfuse_core_allocate(uint32_t handle, int device, double count, int dtype);
/// Fills elements first .. first + count - 1 from host memory, which may be reused afterwards.
NDFUSE_CORE_API int ndfuse_core_upload(uint32_t handle, double first, double count, void const* source);
/// Copies elements to host memory, waiting for them: NDFUSE_CORE_NOT_BLOCKING where this thread cannot.
NDFUSE_CORE_API int ndfuse_core_read(uint32_t handle, double first, double count, void* destination);
/// The same without waiting: ndfuse_core_ended(request, code) is called when it has ended, during this call or later;
/// `destination` must stay until then.
NDFUSE_CORE_API int ndfuse_core_read_later(uint32_t handle, double first, double count, void* destination,
                                           uint32_t request);
/// Forgets an array; its memory goes back to the pool. Unknown handles are ignored.
NDFUSE_CORE_API void ndfuse_core_release(uint32_t handle);

/// Runs a record (its format: include/ndfuse/graph/record.hpp). All outputs exist afterwards, or none.
NDFUSE_CORE_API int ndfuse_core_evaluate(uint32_t const* words, size_t count);
/// What running a record would do, as JSON text, or null after an error: {"launches": [{"kind", "name", "shape",
/// "device", "nodes", "read_bytes", "written_bytes", "text"}...]}. Runs nothing. Valid until the next call.
NDFUSE_CORE_API char const* ndfuse_core_explain(uint32_t const* words, size_t count);

/// Hands what was recorded to the GPU.
NDFUSE_CORE_API int ndfuse_core_flush(void);
/// Waits until all work has run.
NDFUSE_CORE_API int ndfuse_core_synchronize(void);
/// The same without waiting; ends as ndfuse_core_read_later does.
NDFUSE_CORE_API int ndfuse_core_synchronize_later(uint32_t request);
/// Gives memory that is only kept for reuse back.
NDFUSE_CORE_API int ndfuse_core_trim(void);
/// Opens a new GPU device in place of a lost one, waiting; arrays of the lost one are gone. Does nothing else.
NDFUSE_CORE_API int ndfuse_core_reset(void);
NDFUSE_CORE_API int ndfuse_core_reset_later(uint32_t request);

/// Statistics: fills up to `count` numbers, in this order: live_bytes, pooled_bytes, peak_bytes, live_buffers,
/// launches, pipelines, uploaded_bytes, read_bytes of the GPU (zeros without one), the same eight of the cpu device,
/// then plans known, records run, records whose plan was known, handles.
NDFUSE_CORE_API void ndfuse_core_statistics(double* numbers, size_t count);

#if defined(__EMSCRIPTEN__)
/// An import of the WebAssembly core: a request has ended with this code; ndfuse_core_error_text holds the sentence
/// during the call.
void ndfuse_core_ended(uint32_t request, int code);
#endif

#if defined(__cplusplus)
}
#endif
