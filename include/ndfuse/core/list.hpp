#pragma once
/// @file A growable list that is cheap in constant expressions (std::vector costs several times as much there to
/// compile).

#include <cstddef>
#include <new>
#include <utility>

namespace ndfuse::detail {

/// A minimal dynamic array of copyable values.
template <class T> class list {
 public:
  constexpr list() = default;
  constexpr list(std::size_t count, T const& value) {
    for (std::size_t i = 0; i < count; ++i) push_back(value);
  }
  constexpr list(list const& other) {
    reserve(other.size_);
    for (std::size_t i = 0; i < other.size_; ++i) data_[i] = other.data_[i];
    size_ = other.size_;
  }
  constexpr list(list&& other) noexcept
      : data_(std::exchange(other.data_, nullptr)),
        size_(std::exchange(other.size_, 0)),
        capacity_(std::exchange(other.capacity_, 0)) {}
  constexpr list& operator=(list other) noexcept {
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
    std::swap(capacity_, other.capacity_);
    return *this;
  }
  constexpr ~list() { delete[] data_; }

  constexpr void push_back(T const& value) {
    if (size_ == capacity_) {
      T const copy = value;  // `value` may lie in this list
      reserve(capacity_ == 0 ? 16 : 2 * capacity_);
      data_[size_++] = copy;
      return;
    }
    data_[size_++] = value;
  }
  constexpr void reserve(std::size_t count) {
    if (count <= capacity_) return;
    T* const grown = new T[count]{};
    for (std::size_t i = 0; i < size_; ++i) grown[i] = std::move(data_[i]);
    delete[] data_;
    data_ = grown;
    capacity_ = count;
  }
  constexpr void pop_back() { --size_; }
  constexpr void clear() { size_ = 0; }
  constexpr std::size_t size() const { return size_; }
  constexpr bool empty() const { return size_ == 0; }
  constexpr T& operator[](std::size_t i) { return data_[i]; }
  constexpr T const& operator[](std::size_t i) const { return data_[i]; }
  constexpr T& back() { return data_[size_ - 1]; }
  constexpr T const& back() const { return data_[size_ - 1]; }
  constexpr T* data() { return data_; }
  constexpr T const* data() const { return data_; }
  constexpr T* begin() { return data_; }
  constexpr T* end() { return data_ + size_; }
  constexpr T const* begin() const { return data_; }
  constexpr T const* end() const { return data_ + size_; }

 private:
  T* data_ = nullptr;
  std::size_t size_ = 0, capacity_ = 0;
};

/// At most `most` values, held inline. Room that is not used costs nothing: a launch has room for dozens of views, of
/// several hundred bytes each, and mostly needs two.
template <class T, std::size_t most> class inline_list {
 public:
  inline_list() {}
  inline_list(inline_list const&) = delete;
  inline_list& operator=(inline_list const&) = delete;
  ~inline_list() {
    for (T& value : *this) value.~T();
  }
  /// There must be room.
  T& push_back(T value) { return *::new (static_cast<void*>(values_ + size_++)) T(std::move(value)); }
  std::size_t size() const { return size_; }
  T& operator[](std::size_t i) { return values_[i]; }
  T const& operator[](std::size_t i) const { return values_[i]; }
  T const* data() const { return values_; }
  T* data() { return values_; }
  T* begin() { return values_; }
  T* end() { return values_ + size_; }

 private:
  union {
    T values_[most];
  };
  std::size_t size_ = 0;
};

}  // namespace ndfuse::detail
